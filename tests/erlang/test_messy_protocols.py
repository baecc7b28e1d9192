"""Messy files as protocols: they work like gms3, or the answer is one line with the place."""

from __future__ import annotations

import pytest

from groupy_check.checker.errors import ProtocolError
from tests.erlang.messy import MESSY
from tests.support.exploring import explored


@pytest.mark.parametrize("name", MESSY)
def test_a_messy_file_works_or_is_refused_in_one_line(name, tmp_path):
    messy = MESSY[name]
    file = tmp_path / ("mine.erl" if name == "other_name" else "gms3.erl")
    file.write_bytes(messy.source)
    if messy.says:
        with pytest.raises(ProtocolError) as refused:
            explored(str(file), "agreement", nodes=2, messages=1)
        text = str(refused.value)
        assert "\n" not in text
        assert text.startswith(f"gms3.erl:{messy.place}: " if messy.place else "gms3.erl:")
        assert messy.says in text
    else:
        found, wanted = (explored(impl, "agreement", nodes=2, messages=1).coverage for impl in (str(file), "gms3"))
        assert (found.distinct, found.generated) == (wanted.distinct, wanted.generated) == (29, 34)
