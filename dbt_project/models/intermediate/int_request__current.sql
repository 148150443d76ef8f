{{ current_version('request') }}
