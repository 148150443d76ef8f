{{ current_version('household') }}
