"""All functions that are written in Python, by module, name and arity."""

from __future__ import annotations

from groupy_check.checker.erlang.library.bifs.conversions import CONVERSIONS
from groupy_check.checker.erlang.library.bifs.numbers import NUMBERS
from groupy_check.checker.erlang.library.bifs.predicates import PREDICATES
from groupy_check.checker.erlang.library.bifs.tuples import TUPLES
from groupy_check.checker.erlang.library.containers.map_functions import MAPS
from groupy_check.checker.erlang.library.containers.ordered import ORDERED
from groupy_check.checker.erlang.library.containers.property_lists import PROPERTY_LISTS
from groupy_check.checker.erlang.library.containers.queues import QUEUES
from groupy_check.checker.erlang.library.containers.sets import SETS
from groupy_check.checker.erlang.library.functions import Functions
from groupy_check.checker.erlang.library.lists.items import ITEMS
from groupy_check.checker.erlang.library.lists.keys import KEYS
from groupy_check.checker.erlang.library.lists.slices import SLICES
from groupy_check.checker.erlang.library.lists.sorting import SORTING
from groupy_check.checker.erlang.library.text.formats import FORMATS
from groupy_check.checker.erlang.library.text.plain_strings import PLAIN_STRINGS
from groupy_check.checker.erlang.library.text.unicode_strings import UNICODE_STRINGS

FUNCTIONS: Functions = {
    **PREDICATES,
    **NUMBERS,
    **TUPLES,
    **CONVERSIONS,
    **ITEMS,
    **SLICES,
    **KEYS,
    **SORTING,
    **MAPS,
    **PROPERTY_LISTS,
    **QUEUES,
    **ORDERED,
    **SETS,
    **PLAIN_STRINGS,
    **UNICODE_STRINGS,
    **FORMATS,
}
