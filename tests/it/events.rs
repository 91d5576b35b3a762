//! Reading events: pages, search, histogram, names, series, clearing.
