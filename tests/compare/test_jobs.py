from wordloom.compare.candidates import CHEAP, NETWORK, build, list_candidates
from wordloom.compare.jobs import label_counts, list_jobs


def test_the_first_fold_of_cheap_rows_comes_first_and_networks_before_curves():
    candidates = list_candidates(["one", "two"])
    costs = {candidate.id: candidate.cost for candidate in candidates}
    jobs = list_jobs(candidates, 3, [20, 50, 100])
    cheap = [candidate.id for candidate in candidates if candidate.cost == CHEAP]
    assert [job.row for job in jobs[: len(cheap)]] == cheap
    assert all(job.fold == 0 for job in jobs[: len(cheap)])
    first_network = next(n for n, job in enumerate(jobs) if costs[job.row] == NETWORK)
    first_curve = next(n for n, job in enumerate(jobs) if job.labels is not None)
    assert first_network < first_curve
    assert [job.stage for job in jobs] == sorted(job.stage for job in jobs)
    assert len({job.id for job in jobs}) == len(jobs)


def test_curves_have_no_majority_and_networks_fewer_fits():
    jobs = list_jobs(list_candidates(["one"]), 3, [20, 100])
    fits = {row: [job for job in jobs if job.row == row and job.labels] for row in set_of(jobs)}
    assert not fits["majority"]
    assert {job.draw for job in fits["tfidf-svm"]} == {0, 1, 2, 3, 4}
    assert [(job.labels, job.draw) for job in fits["network-1"]] == [(100, 0)]


def set_of(jobs):
    return {job.row for job in jobs}


def test_label_counts_leave_room_for_each_label_and_stay_below_all():
    assert label_counts(1000, 3) == [20, 50, 100, 200, 500]
    assert label_counts(200, 30) == [50, 100]
    assert label_counts(10, 2) == []


def test_one_embedding_is_not_combined():
    ids = [candidate.id for candidate in list_candidates(["one"])]
    assert "network-1" in ids
    assert not {"vectors", "network-dme", "network-sum"} & set(ids)
    names = [candidate.name for candidate in list_candidates(["one", "two"])]
    assert len(set(names)) == len(names)


def test_every_row_can_be_built(static_embedding):
    for candidate in list_candidates(["one", "two"]):
        model = build(candidate.settings, [static_embedding] * len(candidate.embeddings), seed=3)
        if candidate.settings:
            assert model.random_state == 3
            assert (model.embeddings is None) == (
                not candidate.embeddings and "learned" not in candidate.settings
            )
