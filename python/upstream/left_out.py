"""Which of scikit-learn's tests do not count, and why others fail."""

# Tests of functions that are not ours: scikit-learn's own helpers and private functions, and tests that look
# at private attributes or constants.
PRIVATE = {
    # cluster/tests/test_k_means.py
    "test_relocate_empty_clusters",
    "test_minibatch_update_consistency",
    "test_kmeans_init_auto_with_initial_centroids",
    "test_minibatch_reassign",
    "test_minibatch_kmeans_init_size",
    "test_k_means_function",
    "test_euclidean_distance",
    "test_inertia",
    "test_n_init_auto",
    "test_kmeans_plusplus_wrong_params",
    "test_kmeans_plusplus_output",
    "test_kmeans_plusplus_norms",
    "test_kmeans_plusplus_dataorder",
    "test_is_same_clustering",
    "test_sample_weight_init",
    "test_sample_weight_zero",
    # cluster/tests/test_dbscan.py
    "test_dbscan_input_not_modified",
    "test_boundaries",
    "test_dbscan_core_samples_toy",
    "test_dbscan_no_warning_unsorted_precomputed",
    "test_dbscan_no_warning_presorted_precomputed",
    # cluster/tests/test_hierarchical.py
    "test_linkage_misc",
    "test_structured_linkage_tree",
    "test_unstructured_linkage_tree",
    "test_height_linkage_tree",
    "test_zero_cosine_linkage_tree",
    "test_ward_agglomeration",
    "test_vector_scikit_single_vs_scipy_single",
    "test_mst_linkage_core_memory_mapped",
    "test_identical_points",
    "test_ward_tree_children_order",
    "test_ward_linkage_tree_return_distance",
    "test_int_float_dict",
    "test_n_components",
    "test_affinity_passed_to_fix_connectivity",
    "test_agglomerative_clustering_with_distance_threshold",
    # decomposition/tests/test_pca.py
    "test_infer_dim_1",
    "test_infer_dim_2",
    "test_infer_dim_3",
    "test_pca_svd_solver_auto",
    "test_assess_dimension_bad_rank",
    "test_small_eigenvalues_mle",
    "test_assess_dimension_rank_one",
    # manifold/tests/test_t_sne.py
    "test_gradient_descent_stops",
    "test_binary_search",
    "test_binary_search_underflow",
    "test_binary_search_neighbors",
    "test_binary_perplexity_stability",
    "test_gradient",
    "test_trustworthiness",
    "test_trustworthiness_n_neighbors_error",
    "test_trustworthiness_not_euclidean_metric",
    "test_answer_gradient_two_points",
    "test_answer_gradient_four_points",
    "test_skip_num_points_gradient",
    "test_barnes_hut_angle",
    "test_n_iter_without_progress",
    "test_gradient_bh_multithread_match_sequential",
}

CONNECTIVITY = ("ours to mend", "`connectivity` is not implemented")
WORDS = ("different by design", "what `verbose` prints is worded otherwise")
DENSITY = (
    "different by design",
    "a model without variance along some axes has no density, which is said instead of a number",
)
REASONS = {
    "test_agglomeration_ward_euclidean": CONNECTIVITY,
    "test_agglomerative_clustering_distances": CONNECTIVITY,
    "test_compute_full_tree": CONNECTIVITY,
    "test_connectivity_callable": CONNECTIVITY,
    "test_connectivity_fixing_non_lil": CONNECTIVITY,
    "test_connectivity_ignores_diagonal": CONNECTIVITY,
    "test_connectivity_propagation": CONNECTIVITY,
    "test_precomputed_connectivity_metric_with_2_connected_components": CONNECTIVITY,
    "test_kmeans_verbose": WORDS,
    "test_minibatch_declared_convergence": WORDS,
    "test_accessible_kl_divergence": WORDS,
    "test_verbose": WORDS,
    "test_transform": ("different by design", "distances are rounded to float32, to 1e-7"),
    "test_pca_score": (
        "different by design",
        "whitening changes the coordinates, not the density; there it changes both",
    ),
    "test_pca_score3": ("ours to mend", "`n_components=0`"),
    "test_pca_zero_noise_variance_edge_cases": DENSITY,
    "test_init_ndarray": ("private detail", "points on one spot come out 1e-24 from it"),
    "test_max_iter_used": ("different by design", "`n_iter_` counts iterations, there it is one less"),
    "test_tsne_with_mahalanobis_distance": (
        "different by design",
        "the covariance that the metric needs is found from the rows, where it is not given",
    ),
}


def reason(function, failure):
    """The class of a failure and why it is one; what nobody has looked at yet is ours."""
    return REASONS.get(function, ("ours to mend", failure.splitlines()[0][:80] if failure else ""))
