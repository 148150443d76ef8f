{{ current_version('outcome_indicator') }}
