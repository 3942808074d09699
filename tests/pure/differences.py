"""The one derivative check: an analytic Jacobian against central differences."""

import numpy as np


def central_differences(function, x, step=1e-6):
    """d function / d x by central differences: (*shape of the value, n) at x (n,)."""
    columns = []
    for i in range(len(x)):
        ahead, behind = x.copy(), x.copy()
        ahead[i] += step
        behind[i] -= step
        columns.append((function(ahead) - function(behind)) / (2 * step))
    return np.stack(columns, -1)


def assert_jacobian(function, jacobian, x, tolerance=1e-6):
    """The Jacobian (…, n) at x is that of the function, to a share of its largest entry."""
    numeric = central_differences(function, x)
    scale = max(np.abs(numeric).max(), 1.0)
    np.testing.assert_allclose(jacobian, numeric, rtol=0, atol=tolerance * scale)
