{{ current_version('booking') }}
