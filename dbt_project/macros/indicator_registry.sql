{# Generated from indicators.yaml by `make docs`; a test fails when the two differ. The registry as {indicator_id: entry}. #}
{% macro indicator_registry() %}
{%- set text -%}
{% raw %}
# The indicator registry: what every figure means. One source for the SQL, the pages, the dictionary and the worked examples.
#
# Reading rules, the same for all:
# - Effective row: a ledger row that is not itself a reversal and that no loaded row reverses. COUNTS and PERSONS use effective rows only.
#   MONEY and QUANTITY sum ALL rows, each in the period of its own date, so a correction lands in the period in which it was made.
# - Dates: a datetime counts on its local day in Europe/Rome.
# - person: distinct person_key. The key joins the same identifier (id_kind, id_value) across instances; id_kind NONE stays within its instance.
# - A ratio is sum(numerator) / sum(denominator), never a mean of ratios. Denominator 0 or unknown: value is null and status says why, never 0.
# - as_of: the last day covered by the accepted exports (largest period.to), or the day asked for.
# - Cells: one wherever at least one row feeds the numerator or the denominator, none for a period that begins after as_of. Stocks and cumulative figures: one for every period from the scope's first row to as_of.
# - n_persons: the distinct persons behind ALL contributing rows, reversed rows and reversals included (else a month of one person's reversal would look empty);
#   in cumulative figures, so far. An erased person counts as nobody; a person never seen counts as one within the instance; a household applicant without person (also after an erasure) as one.
# - Attributes (area, tax code, scheme, status) are today's, not those of the fact's date; facts of a removed dimension record keep its last known attributes;
#   removed requests, bookings, applications, assessments, grants and vouchers are not counted themselves.
# - A reversal in voucher_event or plan_movement takes the kind, scheme and merchant of what it undoes, on its own date. A reversing allocation is dated by its source.
# - Survival: on one day events come before censorings; the curve reaches 0.5 (0.1) within 1e-9; a negative wait is 0. Their numerator is null.
# - Pairs are per instance, outcome indicator, grant (or none) and person; the first effective T0; "after" by wave. improved and follow-up count pairs, cost_per_improved distinct persons.
# - A sole trader's 16-character tax code is a person's: no provider or funder scope. An organisation never seen has none either.
# - Residents of a scope: the distinct comuni of the instances seated in it. Province of a metropolitan city: the historic code (Rho 015, not 215).
# - quarantine_rate and reconciliation_gap: month of period.to, accepted exports only.
# - first_time window: [start - 24 months, start). Redemption counts vouchers with expires_on before as_of. as_of is one for the whole network.
# - Entities that are never allocated (grant, grant_line, measurement) take grant scope from their own grant and funder scope from that grant's funder_id; without a grant they have neither.
# - Scopes <instance>:<record_id> take the id on the row, seen or not; a fact whose service was never seen has no area, whose voucher was never seen no scheme. comune is the code on the row.
# - The area of attributed is that of the source row's service (a voucher event's by its service_delivery; none for payments). An allocation whose source is not loaded counts nowhere. n_persons of first_time_persons = the new persons. granted_to_applicants needs concession_date and amount_granted.
# - index: numerator and denominator null. quarantine_rate counts rows, not entries; known rows are received.
# - scopes: network (all instances), region, province, instance, comune, funder, grant, provider, service, call, scheme, plan, social_point.
#   region and province of an instance are those of its seat; comune is the place of delivery.
#   funder and grant scopes count a row through its effective allocations (source_entity = the row's entity).
# - area: yes = also broken down by ISTAT area of need (of the service, or of the request), besides ALL.
# - periods: month, quarter, year. A stock is measured at the end of the period, a cumulative figure from the beginning of the data to the end of the period.
# - protect: whose contributions the cell hides; persons = distinct persons behind numerator or denominator; organisations' own public money = none.

spending:
  - {id: spend_delivered, unit: EUR, kind: sum, it: Valore dei servizi erogati, en: Value of services delivered,
     numerator: sum(service_delivery.amount_total) by start_date, scopes: [network, region, province, instance, comune, provider, service], area: yes, protect: persons}
  - {id: spend_net, unit: EUR, kind: sum, it: Spesa netta, en: Net spending, note: "employers' and foundations' money is still in it; the municipalities' own money is spend_municipal",
     numerator: sum(amount_total - amount_user - amount_ssn) by start_date, scopes: [network, region, province, instance, comune, provider, service], area: yes, protect: persons}
  - {id: user_share, unit: ratio, kind: ratio, it: Compartecipazione degli utenti, en: User co-payment share, source: ISTAT,
     numerator: sum(amount_user), denominator: sum(amount_total), scopes: [network, region, province, instance, provider, service], area: yes, protect: persons}
  - {id: spend_net_per_resident, unit: EUR/resident, kind: ratio, it: Spesa netta pro capite, en: Net spending per resident,
     numerator: spend_net, denominator: residents of the instance's comuni (reference seed, named source and date), scopes: [network, region, province, instance], periods: [year], area: no, protect: persons}
  - {id: unit_cost, unit: EUR/unit, kind: ratio, it: Costo unitario, en: Unit cost,
     numerator: sum(amount_total), denominator: sum(quantity), scopes: [service], area: no, protect: persons}
  - {id: paid, unit: EUR, kind: sum, it: Pagamenti, en: Payments made,
     numerator: "sum(payment.amount) by value_date; funder scope = payer, provider scope = payee organisation", scopes: [network, region, province, instance, funder, provider], area: no, protect: "persons where the payee is a person, else none"}

funding:
  - {id: deliberated, unit: EUR, kind: sum, it: Deliberato, en: Awarded,
     numerator: sum(grant.amount_deliberated) by deliberated_on, scopes: [network, instance, funder, grant], area: no, protect: none}
  - {id: disbursed, unit: EUR, kind: sum, it: Erogato, en: Disbursed, numerator: sum(grant_line.amount) where DISBURSEMENT by entry_date, scopes: [network, instance, funder, grant], area: no, protect: none}
  - {id: reported, unit: EUR, kind: sum, it: Rendicontato, en: Expenses reported, numerator: sum(grant_line.amount) where EXPENSE_REPORTED by entry_date, scopes: [network, instance, funder, grant], area: no, protect: none}
  - {id: admitted, unit: EUR, kind: sum, it: Spese ammesse, en: Expenses admitted, numerator: sum(grant_line.amount) where EXPENSE_ADMITTED by entry_date, scopes: [network, instance, funder, grant], area: no, protect: none}
  - {id: disbursement_rate, unit: ratio, kind: cumulative ratio, it: Avanzamento delle erogazioni, en: Disbursement rate,
     numerator: cumulative DISBURSEMENT, denominator: cumulative amount_deliberated - SAVING - REVOCATION, scopes: [network, instance, funder, grant], area: no, protect: none}
  - {id: eligible_cost_rate, unit: ratio, kind: cumulative ratio, it: Quota di spese ammesse, en: Eligible-cost rate,
     numerator: cumulative EXPENSE_ADMITTED, denominator: cumulative EXPENSE_REPORTED, scopes: [network, instance, funder, grant], area: no, protect: none}
  - {id: residual, unit: EUR, kind: stock, it: Residuo da erogare, en: Still to disburse,
     numerator: cumulative amount_deliberated - SAVING - REVOCATION - DISBURSEMENT, scopes: [network, instance, funder, grant], area: no, protect: none}
  - {id: cofunding_share, unit: ratio, kind: ratio, it: Quota di cofinanziamento, en: Co-funding share,
     numerator: sum(grant.cofunding), denominator: sum(grant.amount_deliberated + grant.cofunding), by: deliberated_on, scopes: [network, instance, funder], area: no, protect: none}
  - {id: attributed, unit: EUR, kind: sum, it: Spesa attribuita al finanziatore, en: Spending attributed to the funder,
     numerator: "sum(allocation.amount), dated by the source row's date (start_date, event_at, value_date, event_date)", scopes: [network, instance, funder, grant], area: yes, protect: persons}

reach:
  - {id: persons_served, unit: persons, kind: distinct, it: Persone servite, en: People served,
     numerator: distinct persons with an effective service_delivery by start_date, scopes: [network, region, province, instance, comune, funder, grant, provider, service], area: yes, protect: persons}
  - {id: deliveries, unit: count, kind: sum, it: Prestazioni erogate, en: Services delivered,
     numerator: count of effective service_delivery by start_date, scopes: [network, region, province, instance, comune, funder, grant, provider, service], area: yes, protect: persons}
  - {id: persons_per_1000, unit: per 1000 residents, kind: ratio, it: Persone servite ogni 1.000 residenti, en: People served per 1000 residents, note: non-residents served are counted too,
     numerator: 1000 * persons_served, denominator: residents of the instance's comuni, scopes: [network, region, province, instance], area: yes, protect: persons}
  - {id: first_time_persons, unit: persons, kind: distinct, it: Nuovi utenti, en: First-time users,
     numerator: "persons served in the period with no effective service_delivery, in any instance, in the 24 months before the period", scopes: [network, instance], area: no, protect: persons}
  - {id: cost_per_person, unit: EUR/person, kind: ratio, it: Costo per persona, en: Cost per person,
     numerator: "spend_delivered (funder and grant: the attributed part of service_delivery)", denominator: persons_served, scopes: [network, region, province, instance, funder, grant, provider, service], area: yes, protect: persons}

access:
  - {id: requests, unit: count, kind: sum, it: Richieste ricevute, en: Requests received, numerator: count(request) by received_at, scopes: [network, region, province, instance, social_point], area: yes, protect: persons}
  - {id: acceptance_rate, unit: ratio, kind: ratio, it: Richieste accolte, en: Requests accepted,
     numerator: requests received in the period that are ACCEPTED now, denominator: those ACCEPTED or REJECTED now, scopes: [network, region, province, instance], area: yes, protect: persons}
  - {id: autonomy_rate, unit: ratio, kind: ratio, it: Autonomia digitale, en: Digital autonomy,
     numerator: requests with channel WEB or APP, denominator: all requests, scopes: [network, region, province, instance], area: no, protect: persons}
  - {id: wait_to_assessment_p50, unit: days, kind: survival, it: Attesa mediana fino al colloquio, en: Median wait to assessment,
     numerator: "Kaplan-Meier median of days from received_at to the first assessment, over the requests received in the period; WITHDRAWN or REJECTED without assessment are censored at status_at, all others without one at as_of; null if the curve does not reach 0.5", scopes: [network, region, province, instance, social_point], area: yes, protect: persons}
  - {id: wait_to_service_p50, unit: days, kind: survival, it: Attesa mediana fino al servizio, en: Median wait to service,
     numerator: "as above, to the first effective service_delivery with that request_id", scopes: [network, region, province, instance], area: yes, protect: persons}
  - {id: wait_to_service_p90, unit: days, kind: survival, it: Attesa al 90° percentile fino al servizio, en: 90th percentile wait to service, numerator: "the day at which the same curve falls to 0.1 or below", scopes: [network, region, province, instance], area: yes, protect: persons}
  - {id: no_show_rate, unit: ratio, kind: ratio, it: Mancate presentazioni, en: No-show rate, numerator: bookings NO_SHOW by start_at, denominator: bookings DONE or NO_SHOW, scopes: [network, instance, provider], area: no, protect: persons}

vouchers:
  - {id: voucher_issued, unit: EUR, kind: sum, it: Buoni emessi, en: Vouchers issued, numerator: "sum of ISSUE and EXTEND, net of their REVERSAL, by event_at", scopes: [network, instance, scheme], area: no, protect: persons}
  - {id: voucher_redeemed, unit: EUR, kind: sum, it: Buoni spesi, en: Vouchers redeemed, numerator: "sum of REDEEM - REFUND, net of REVERSAL, by event_at; provider scope = merchant", scopes: [network, instance, scheme, provider], area: no, protect: persons}
  - {id: voucher_lapsed, unit: EUR, kind: sum, it: Buoni scaduti o annullati, en: Vouchers expired or cancelled, numerator: "sum of EXPIRE + CANCEL, net of REVERSAL, by event_at", scopes: [network, instance, scheme], area: no, protect: persons}
  - {id: voucher_outstanding, unit: EUR, kind: stock, it: Buoni in circolazione, en: Vouchers outstanding, numerator: cumulative issued - redeemed - lapsed, scopes: [network, instance, scheme], area: no, protect: persons}
  - {id: voucher_redemption_rate, unit: ratio, kind: ratio, it: Tasso di utilizzo dei buoni, en: Voucher redemption rate,
     numerator: "redeemed net, to date, of the vouchers issued_on in the period", denominator: "issued net of those vouchers; only vouchers with expires_on before as_of", scopes: [network, instance, scheme], area: no, protect: persons}

calls:
  - {id: applications, unit: count, kind: sum, it: Domande presentate, en: Applications, numerator: count(application) by submitted_at, scopes: [network, instance, call], area: no, protect: persons}
  - {id: application_success, unit: ratio, kind: ratio, it: Domande finanziate, en: Applications funded, numerator: applications submitted in the period that are FUNDED now, denominator: those FUNDED or WAITLIST or REJECTED or REVOKED now, scopes: [network, instance, call], area: no, protect: persons}
  - {id: granted_to_applicants, unit: EUR, kind: sum, it: Contributi concessi, en: Contributions granted, numerator: sum(application.amount_granted) of FUNDED by concession_date, scopes: [network, instance, call], area: no, protect: persons}

corporate:
  - {id: corporate_credit, unit: EUR, kind: sum, it: Credito welfare assegnato, en: Corporate-welfare credit, numerator: sum of CREDIT net of REVERSAL by event_date, scopes: [network, instance, plan], area: no, protect: persons}
  - {id: corporate_use_rate, unit: ratio, kind: ratio, it: Utilizzo del credito welfare, en: Corporate-welfare use, numerator: cumulative SPEND net of REVERSAL, denominator: cumulative CREDIT net of REVERSAL, scopes: [network, instance, plan], area: no, protect: persons}

quality:
  - {id: satisfaction, unit: ratio, kind: ratio, it: Utenti soddisfatti, en: Satisfied users, source: ASCOF-style top two,
     numerator: "effective SATISFACTION measurements by measured_on whose value is within 1 of the better end of the scale", denominator: all of them, scopes: [network, instance, provider, service], area: no, protect: persons}
  - {id: outcome_improved, unit: ratio, kind: ratio, it: Persone migliorate, en: People who improved,
     numerator: "paired persons whose last effective value after T0 (T1, T2 or FU, latest measured_on, then wave order) is better than their T0, by the date of that last value; provider scope: that of the last value", denominator: paired persons (per indicator and grant), scopes: [network, instance, funder, grant, provider], area: no, protect: persons}
  - {id: outcome_change, unit: scale points, kind: ratio, it: Cambiamento medio, en: Mean change, item: outcome_indicator, also: "ci_low, ci_high (95%, Student t; null under 2 pairs); no ALL row",
     numerator: "sum over pairs of (last - T0), sign turned so that plus is better", denominator: pairs, scopes: [network, instance, funder, grant], area: no, protect: persons}
  - {id: followup_rate, unit: ratio, kind: ratio, it: Tasso di follow-up, en: Follow-up rate, numerator: pairs, denominator: "persons with T0 (by the date of T0, one per indicator and grant); provider scope: that of T0", scopes: [network, instance, funder, grant, provider], area: no, protect: persons}
  - {id: cost_per_improved, unit: EUR/person, kind: cumulative ratio, it: Costo per persona migliorata, en: Cost per person improved, numerator: attributed, denominator: persons improved, scopes: [grant], area: no, protect: persons}

market:
  - {id: provider_hhi, unit: 0-10000, kind: index, it: Concentrazione dei fornitori (HHI), en: Provider concentration (HHI), numerator: "10000 * sum over providers of (share of spend_delivered)^2", scopes: [network, instance], periods: [year], area: yes, protect: none}

data:
  - {id: quarantine_rate, unit: ratio, kind: ratio, it: Righe scartate, en: Rows quarantined, numerator: rows quarantined, denominator: rows received, scopes: [network, instance], periods: [month], area: no, protect: none}
  - {id: reconciliation_gap, unit: EUR, kind: sum, it: Scarto di quadratura, en: Reconciliation gap, numerator: "control totals declared - loaded - already known - quarantined, over all money columns; must be 0.00", scopes: [network, instance], periods: [month], area: no, protect: none}
{% endraw %}
{%- endset -%}
{%- set registry = {} -%}
{%- for domain, entries in fromyaml(text).items() -%}
    {%- for entry in entries -%}
        {%- do registry.update({entry.id: dict(entry, domain=domain)}) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(registry) }}
{% endmacro %}
