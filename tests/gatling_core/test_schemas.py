import tracemalloc

import pytest
from pydantic_core import PydanticCustomError

from gatling_core import limits
from gatling_core.schemas import check_plain


@pytest.mark.parametrize("many", [[0] * 1_000_000, [[]] * 1_000_000, {"a": [{}] * 1_000_000}])
def test_too_many_values_are_refused_without_listing_them(many):
    tracemalloc.start()
    with pytest.raises(PydanticCustomError, match="more than"):
        check_plain(many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_what_is_refused_is_named_by_its_path():
    with pytest.raises(PydanticCustomError) as caught:
        check_plain({"a": [1, {"b": limits.MAX_NUMBER * 10}]})
    assert caught.value.context is not None
    assert caught.value.context["field"] == "a.1.b"
    check_plain({"a": [[], {}, None, True, 1, "x"]})
