"""Networks at their true shape with random weights, and the tensor where `auto` must cut each."""
