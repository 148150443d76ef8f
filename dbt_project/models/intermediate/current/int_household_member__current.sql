{{ current_version('household_member') }}
