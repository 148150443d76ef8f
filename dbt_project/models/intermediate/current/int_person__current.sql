{{ current_version('person') }}
