{{ current_version('organisation') }}
