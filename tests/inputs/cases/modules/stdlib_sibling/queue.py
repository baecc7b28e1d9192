class Urgent:
    pass
