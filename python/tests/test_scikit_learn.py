"""scikit-learn's own checks of estimators."""

from sklearn.utils.estimator_checks import parametrize_with_checks

import lookalike

# In scikit-learn, too, both are expected to fail these, and for the same reason.
DRAWN = (
    "starts are drawn at random from the rows there are, and other rows make other draws: a weight is "
    "not the same draw as so many copies"
)
EXPECTED = {
    "KMeans": {"check_sample_weight_equivalence_on_dense_data": DRAWN},
    "MiniBatchKMeans": {"check_sample_weight_equivalence_on_dense_data": DRAWN},
}


@parametrize_with_checks(
    [
        lookalike.KMeans(),
        lookalike.MiniBatchKMeans(),
        lookalike.DBSCAN(),
        lookalike.AgglomerativeClustering(),
        lookalike.PCA(),
        # The checks' own data have as few as ten rows, and scikit-learn checks its TSNE like this.
        lookalike.TSNE(perplexity=2),
    ],
    expected_failed_checks=lambda estimator: EXPECTED.get(type(estimator).__name__, {}),
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)
