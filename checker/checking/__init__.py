"""One check from beginning to end: `search_request` says what is asked, `engine` chooses what walks the transition relation.

The reference engine begins; what outgrows it moves over to the native one. Read `engine` first.
"""
