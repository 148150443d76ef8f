{{ current_version('corporate_plan') }}
