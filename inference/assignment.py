"""Who is who at the least total cost: the rectangular linear assignment problem.

Shortest augmenting paths with dual variables (Jonker & Volgenant 1987), in the rectangular form of
Crouse 2016 (On implementing 2D rectangular assignment algorithms, algorithm of section III): every row
is placed in turn on the shortest path of reduced costs to a free column, O(rows^2 columns).
"""

import numpy as np

FREE = -1


def assign(cost, limit):
    """Pairs of rows and columns with the least sum of (cost - limit).

    cost     (N,M) any finite numbers, inf or NaN = impossible
    limit    a pair that costs this or more is none: both stay alone
    returns  rows (P,), columns (P,), rows ascending
    """
    clipped = np.fmin(cost, limit)  # a pair at the limit is worth as much as none
    nearest = clipped.argmin(1) if cost.size else np.zeros(0, int)
    rows = np.flatnonzero(clipped[np.arange(len(nearest)), nearest] < limit)
    columns = nearest[rows]
    if len(set(columns.tolist())) == len(rows):
        return rows, columns  # everybody has the nearest
    possible = clipped < limit
    columns = np.flatnonzero(possible.any(0))
    clipped = clipped[rows[:, None], columns]
    if len(rows) > len(columns):
        chosen = _columns_of_rows(clipped.T)
        order = np.argsort(chosen)
        rows, columns = rows[chosen[order]], columns[order]
    else:
        columns = columns[_columns_of_rows(clipped)]
    real = possible[rows, columns]
    return rows[real], columns[real]


def clear(cost, by):
    """Costs (N,M) without the rows and columns of which a second comes as near to the best as `by`."""
    left = cost.copy()
    for axis in (0, 1):
        if cost.shape[axis] > 1:
            best, second = np.moveaxis(np.sort(cost, axis), axis, 0)[:2]
            unclear = ~(second >= best + by)
            left[(slice(None), unclear) if axis == 0 else (unclear, slice(None))] = np.inf
    return left


def _columns_of_rows(cost):
    """(N,) a column of its own for each row of cost (N,M), N <= M, all finite; the sum is the least."""
    num_rows, num_columns = cost.shape
    row_of, column_of = np.full(num_columns, FREE), np.full(num_rows, FREE)
    if not num_rows:
        return column_of
    nearest = cost.argmin(1)
    u, v = cost.min(1), np.zeros(num_columns)  # dual variables: cost >= u + v, = on pairs
    cheapest, first = np.unique(nearest, return_index=True)
    row_of[cheapest], column_of[first] = first, cheapest
    for start in np.flatnonzero(column_of == FREE):
        shortest = np.full(num_columns, np.inf)
        from_row = np.full(num_columns, FREE)
        done = np.zeros(num_columns, bool)
        row, length = start, 0.0
        while row != FREE:
            through = length + cost[row] - u[row] - v
            shorter = ~done & (through < shortest)
            shortest[shorter], from_row[shorter] = through[shorter], row
            column = int(np.where(done, np.inf, shortest).argmin())
            length, done[column] = shortest[column], True
            row = row_of[column]
        done[column] = False  # the path ends there: its dual does not change
        u[start] += length
        u[row_of[done]] += length - shortest[done]
        v[done] -= length - shortest[done]
        while row != start:  # turn the pairs along the path
            row = from_row[column]
            row_of[column] = row
            column_of[row], column = column, column_of[row]
    return column_of
