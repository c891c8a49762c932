import pytest

from wordloom import errors


def test_every_error_can_be_caught_as_one_class():
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, Warning if name.endswith("Warning") else errors.WordloomError)


@pytest.mark.parametrize("kind", [errors.InputError, errors.FormatError])
def test_bad_input_is_a_value_error(kind):
    with pytest.raises(ValueError, match="wrong"):
        raise kind("wrong")


def test_a_training_error_carries_the_last_good_state():
    assert errors.TrainingError("overflow").embedding is None
    assert errors.TrainingError("overflow", "vectors").embedding == "vectors"


def test_a_missing_extra_says_how_to_install_it():
    error = errors.MissingExtraError("pyarrow", "parquet", "reading .parquet files")
    assert isinstance(error, ImportError)
    assert str(error) == (
        "Reading .parquet files needs the package 'pyarrow', which is not installed. "
        "Install it with: pip install 'wordloom[parquet]'"
    )
