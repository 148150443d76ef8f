{{ current_version('assessment') }}
