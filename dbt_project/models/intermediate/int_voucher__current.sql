{{ current_version('voucher') }}
