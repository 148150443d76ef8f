{{ current_version('application') }}
