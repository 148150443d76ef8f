"""Whom to call about the data: what each territory sent that could not be used."""

from dashboards.access.viewer import ViewerDatabase
from dashboards.queries.release_database import ONE_EACH, Row, kept, rows


@kept(ONE_EACH)
def quarantine_by_territory(database: ViewerDatabase) -> list[Row]:
    """Return of every territory, by name: instance_id, name, entries (in quarantine), last_entries (of them
    those of its last accepted export), last_export, code (the most frequent), attempt (refused or held) and
    attempt_export of an attempt after that export, null where there is none."""
    return rows(
        database,
        """with last as (
            select instance_id, max_by(export_id, sequence) as export_id, max(sequence) as sequence
            from quality.export_log where status = 'accepted' group by instance_id
        ), attempt as (
            select a.instance_id, max_by(a.status, a.sequence) as status,
                max_by(a.export_id, a.sequence) as export_id
            from quality.export_log a left join last on last.instance_id = a.instance_id
            where a.status in ('refused', 'held') and a.sequence > coalesce(last.sequence, 0)
            group by a.instance_id
        ), bad as (
            select q.instance_id, count(*) as entries,
                count(*) filter (q.export_id = last.export_id) as last_entries, mode(q.code) as code
            from quality.quarantine q left join last on last.instance_id = q.instance_id
            group by q.instance_id
        )
        select d.instance_id, d.instance_name as name, coalesce(bad.entries, 0) as entries,
            coalesce(bad.last_entries, 0) as last_entries, bad.code, last.export_id as last_export,
            attempt.status as attempt, attempt.export_id as attempt_export
        from marts.dim_instance d
        left join bad on bad.instance_id = d.instance_id
        left join last on last.instance_id = d.instance_id
        left join attempt on attempt.instance_id = d.instance_id
        order by name""",
    )
