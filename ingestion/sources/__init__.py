"""Sources: folders, buckets and servers from which exports are fetched into landing."""
