import json

import numpy as np

from wordloom.classify.duplicates import find_duplicates
from wordloom.recipes.experiment import Experiment
from wordloom.recipes.keras_fit import Examples, judged


def test_an_experiment_sums_up_its_seeds():
    test = Examples(np.zeros((2, 1), np.int32), ["a", "b"])
    fits = [
        judged("m", seed, curve, test, predicted, np.array([True, False]), 2.0)
        for seed, curve, predicted in (
            (1, (0.5, 0.75, 0.5), ["a", "b"]),
            (2, (0.25, 0.5), ["a", "a"]),
        )
    ]
    experiment = Experiment("e", tuple(fits), {"m": "0.7"}, {"texts": 2}, find_duplicates([], []))
    (model,) = json.loads(json.dumps(experiment.to_json()))["models"]
    assert model["accuracy"] == [0.75, 0.3536]
    assert model["unseen_accuracy"] == [0.5, 0.7071]
    assert model["validation_peak"] == [0.625, 0.1768]
    assert model["validation_last"] == [0.5, 0.0]
    assert model["recalls"] == {"a": 1.0, "b": 0.5}
    assert "0.7500 ± 0.3536" in "\n".join(experiment.summary())
