{{ current_version('call') }}
