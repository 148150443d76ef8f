{{ current_version('grant_target') }}
