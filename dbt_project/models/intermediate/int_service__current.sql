{{ current_version('service') }}
