"""Search over the stored resources: parameters as data, compiled to SQL, paged by keyset."""
