{{ current_version('grant') }}
