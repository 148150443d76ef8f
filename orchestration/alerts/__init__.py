"""What is wrong and who has to know: facts about a home arrive, mails and posts to a webhook leave.

Counts and codes alone are told, never a value of an export. How the facts are found does not belong here
(`orchestration.alerting` gathers them), nor what is judged (`quality`).
"""
