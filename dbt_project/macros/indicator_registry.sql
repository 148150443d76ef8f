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
#
# The measures beyond the first 45, from `demand` on, keep all rules above, and these:
# - population_group: ALL, or the age band at the end of the cell's year (year - birth year: 0-2, 3-5, 6-13, 14-17, 18-34, 35-49, 50-64, 65-74, 75-84, 85+), the sex (F, M) or
#   the citizenship (IT, EU, NON_EU) of the person, as last known anywhere. Area ALL only. persons_served, acceptance_rate, unmet_share, wait_to_service_p50: scopes network, region, province,
#   instance; first_time_persons, outcome_improved: network, instance. Citizenship at network and region only. Who has no known value is in no group of that kind.
# - t: the last day of the period, or as_of if that comes first. Money of grant lines up to t: by entry_date in the months up to the period's last.
# - item: what `item` in an entry says; ALL besides only where the entry says so.
# - consortium, ats: the tax code of the organisation in which the chain of parent_organisation_id ends on the row's own date (parent_from, parent_to; at most 4 steps; an organisation without a parent
#   ends in itself), where that is a CONSORTIUM or an ATS. Also scopes of spend_delivered, deliveries, persons_served (of the provider), voucher_redeemed (merchant) and paid (payee). provider_hhi also has the
#   item CONSORTIUM: providers of one consortium are one; a provider without one stands alone.
# - n_instances, n_instances_expected, data_to, previous_value, previous_status stand beside every figure. Instances of a scope: all; those seated in the region or province; that one (also of its
#   services, grants, calls, schemes, plans, Social Points); those that list the comune or delivered there; those that have an organisation with the tax code. Expected: registered and active
#   (active_from, active_to; open where empty) on a day of the period up to t. Counted: also sends every entity the figure needs, and the periods of its accepted exports together cover every such day. data_to: the smallest,
#   over the counted, of the largest period.to. previous: the same cell twelve months earlier.
# - A stock has figures null and status not_applicable where the entry says so.

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

demand:
  - {id: rejected, version: 1, unit: count, kind: sum, it: Richieste respinte, en: Requests refused, item: "reject_reason of the request, NOT_STATED where empty; also ALL",
     numerator: count(request) REJECTED now by received_at, example: "3 requests refused for funds, 1 for places, 1 not eligible: 5 = 5", scopes: [network, region, province, instance, social_point], area: yes, protect: persons}
  - {id: unmet_share, version: 1, unit: ratio, kind: ratio, it: Domanda non accolta per fondi o posti, en: Need turned away for funds or places,
     numerator: "requests received in the period, REJECTED now with reject_reason NO_FUNDS or NO_CAPACITY", denominator: those + requests received in the period that are ACCEPTED now,
     example: "4 refused for funds or places, 4 accepted: 4 / 8 = 0.5", scopes: [network, region, province, instance, social_point], area: yes, protect: persons}
  - {id: open_share, version: 1, unit: ratio, kind: ratio, it: Richieste ancora aperte, en: Requests still open,
     numerator: requests received in the period that are OPEN or ASSESSED now, denominator: all requests received in the period, example: "1 open of 10 requests: 1 / 10 = 0.1", scopes: [network, region, province, instance, social_point], area: yes, protect: persons}
  - {id: waiting_persons, version: 1, unit: persons, kind: stock, it: Persone in attesa, en: People waiting,
     note: "only the last status of a request is sent: a past figure is exact from the instance's second export on",
     numerator: "distinct persons with a request received_at <= t, without an effective service_delivery of that request_id with start_date <= t, not REJECTED or WITHDRAWN with status_at <= t, without an assessment NO_NEED of it with assessed_on <= t; not_applicable where linkage_rate over the twelve months that end with the period is under 0.8 (where nothing was delivered in them it is applicable)",
     example: "31 December: one accepted on 1 March and not served, one open since 1 December = 2", scopes: [network, instance], area: yes, protect: persons}
  - {id: waiting_over_90, version: 1, unit: ratio, kind: ratio, it: In attesa da oltre 90 giorni, en: Waiting for over 90 days,
     numerator: "waiting_persons with such a request and t - received_at > 90 days, at the end of the period", denominator: waiting_persons (not_applicable with it), example: "of those two one since 1 March: 1 / 2 = 0.5", scopes: [network, instance], area: yes, protect: persons}
  - {id: linkage_rate, version: 1, unit: ratio, kind: ratio, it: Prestazioni collegate a una richiesta, en: Deliveries linked to a request,
     numerator: effective service_delivery whose request_id names a request that is there and not removed, denominator: effective service_delivery by start_date, example: "4 of 5 deliveries name their request: 4 / 5 = 0.8", scopes: [network, instance], area: no, protect: persons}

waits:
  - {id: wait_to_decision_p50, version: 1, unit: days, kind: survival, it: Attesa mediana fino alla decisione, en: Median wait to the decision,
     numerator: "Kaplan-Meier median of days from submitted_at (or call.closes_on, if later) to decided_on, over the applications submitted in the period; WITHDRAWN without decided_on are censored on the day of updated_at, others without one at as_of",
     example: "the call closes on 31 March; decided after 10, 20 and 50 days, one withdrawn on day 5: the curve is 0.667, 0.333, 0 = 20", scopes: [network, instance, call], area: no, protect: persons}
  - {id: wait_to_decision_p90, version: 1, unit: days, kind: survival, it: Attesa al 90° percentile fino alla decisione, en: 90th percentile wait to the decision, numerator: the day at which the same curve falls to 0.1 or below, example: "the same curve = 50", scopes: [network, instance, call], area: no, protect: persons}
  - {id: wait_to_payment_p50, version: 1, unit: days, kind: survival, it: Attesa mediana fino al pagamento, en: Median wait to payment,
     numerator: "Kaplan-Meier median of days from submitted_at, over the applications submitted in the period to a call SUBSIDY, GRANT (to the first effective positive payment.value_date with that application_id) or VOUCHER (to the first effective ISSUE of a voucher with that application_id, else of one without application_id of the same call_id and person); REJECTED, WITHDRAWN, REVOKED without it are censored at decided_on (else the day of updated_at), others at as_of; a removed voucher does not count",
     example: "paid 90 days after 1 March; refused on days 50 and 80, withdrawn on day 35: on day 90 the last one at risk is paid = 90", scopes: [network, instance, call], area: no, protect: persons}
  - {id: wait_to_payment_p90, version: 1, unit: days, kind: survival, it: Attesa al 90° percentile fino al pagamento, en: 90th percentile wait to payment, numerator: the day at which the same curve falls to 0.1 or below, example: "the same curve = 90", scopes: [network, instance, call], area: no, protect: persons}
  - {id: decided_in_term, version: 1, unit: ratio, kind: ratio, it: Domande decise nei termini, en: Applications decided in term,
     numerator: "of the denominator, those with decided_on <= that term", denominator: "applications by submitted_at to a call with decision_days that are decided, or are not WITHDRAWN and whose term, submitted_at (or call.closes_on, if later) + decision_days, lies before as_of", example: "term 30 days: decided after 10, 20 and 50, one withdrawn undecided: 2 / 3 = 0.6667", scopes: [network, instance, call], area: no, protect: persons}
  - {id: award_to_first_payment_p50, version: 1, unit: days, kind: survival, it: Attesa mediana dal deliberato alla prima erogazione, en: Median wait from award to first disbursement,
     numerator: "Kaplan-Meier median of days from grant.deliberated_on to the first effective positive DISBURSEMENT entry_date, over the grants deliberated in the period; REVOKED without one are censored on the day of updated_at, others at as_of", example: "awarded on 15 January, disbursed on 1 March = 45", scopes: [network, funder], area: no, protect: none}
  - {id: claim_to_admission_p50, version: 1, unit: days, kind: survival, it: Attesa mediana dalla rendicontazione all'ammissione, en: Median wait from claim to admission,
     numerator: "Kaplan-Meier median of days from entry_date of an effective EXPENSE_REPORTED to entry_date of the first effective EXPENSE_ADMITTED whose admits_id names it, over the claims of the period; censored at as_of", example: "of three claims two admitted after 60 days, one not yet: the curve falls to 0.333 on day 60 = 60", scopes: [network, funder], area: no, protect: none}
  - {id: voucher_first_use_p50, version: 1, unit: days, kind: survival, it: Giorni mediani al primo uso del buono, en: Median days to a voucher's first use,
     numerator: "Kaplan-Meier median of days from issued_on to the first effective REDEEM, over the vouchers issued_on in the period; without one censored at the earliest of expires_on, effective CANCEL and as_of", example: "four vouchers, used after 10, 20 and 30 days, one never: the curve is 0.75, 0.5, 0.25 = 20", scopes: [network, instance, scheme], area: no, protect: persons}
  - {id: voucher_never_used, version: 1, unit: ratio, kind: ratio, it: Buoni mai usati, en: Vouchers never used,
     numerator: vouchers of the denominator whose net redemption is 0 or less, denominator: vouchers issued_on in the period with expires_on before as_of, example: "1 of 4 expired vouchers = 0.25", scopes: [network, instance, scheme], area: no, protect: persons}

intervention:
  - {id: time_elapsed, version: 1, unit: ratio, kind: stock ratio, it: Tempo trascorso, en: Time elapsed,
     numerator: "days from starts_on to t, between 0 and the denominator; from the period of deliberated_on on", denominator: days from starts_on to ends_on, example: "1 January to 27 December, at 30 June: 180 / 360 = 0.5", scopes: [network, funder, grant], area: no, protect: none}
  - {id: budget_reported, version: 1, unit: ratio, kind: cumulative ratio, it: Preventivo rendicontato, en: Budget reported,
     numerator: cumulative EXPENSE_REPORTED, denominator: cumulative BUDGET - SAVING - REVOCATION (not above 0 is denominator_missing), example: "220 + 100 + 80 of 1,000: 400 / 1000 = 0.4", scopes: [network, funder, grant], area: no, protect: none}
  - {id: schedule_gap, version: 1, unit: ratio points, kind: index, it: Scarto dal piano dei tempi, en: Gap to the time plan,
     numerator: "budget_reported - time_elapsed of the same scope and period, where budget_reported has a cell; denominator_missing where either has no value", example: "0.4 - 0.5 = -0.1", scopes: [network, funder, grant], area: no, protect: none}
  - {id: residual_at_risk, version: 1, unit: EUR, kind: stock, it: Residuo a rischio, en: Residual at risk,
     numerator: "cumulative amount_deliberated - SAVING - REVOCATION - DISBURSEMENT of the grants ACTIVE or SUSPENDED now with ends_on <= t + 90 days, 0 for the others; from the period of deliberated_on on", example: "ends on 27 December; at 30 September 1,000 awarded, 500 disbursed = 500", scopes: [network, funder, grant], area: no, protect: none}
  - {id: budget_variance, version: 1, unit: ratio, kind: cumulative ratio, it: Scostamento dal preventivo, en: Variance against budget, item: cost_category,
     numerator: cumulative EXPENSE_REPORTED - BUDGET of the category, denominator: cumulative BUDGET of the category, note: a variance over 10% is listed in grant_warning, example: "goods: 100 reported, 400 budgeted: (100 - 400) / 400 = -0.75", scopes: [funder, grant], area: no, protect: none}
  - {id: out_of_window, version: 1, unit: EUR, kind: sum, it: Spese fuori periodo, en: Expenses out of time,
     numerator: sum(amount) of effective EXPENSE_REPORTED with entry_date < starts_on or > ends_on + 60 days by entry_date, example: "ended on 27 December, 50 euro dated 15 March = 50", scopes: [network, funder, grant], area: no, protect: none}
  - {id: double_claimed, version: 1, unit: EUR, kind: sum, it: Giustificativi presentati due volte, en: Receipts claimed twice,
     numerator: "over the receipts claimed under two or more grants, by the last entry_date: sum of all claims - doc_amount (the largest given; not below 0), or - the largest claim of one grant where no doc_amount is given. Receipt = effective EXPENSE_REPORTED with doc_ref, by (tax code of partner_id, else of lead_id; doc_ref in capitals without spaces and punctuation). A scope counts a receipt once, whole, if one of its grants claims it",
     note: "shown to both funders as claimed also elsewhere; the name of the other needs its consent", example: "a receipt of 100 claimed for 80 under one grant and 60 under another: 140 - 100 = 40", scopes: [network, funder, grant], area: no, protect: organisations}
  - {id: without_receipt, version: 1, unit: ratio, kind: ratio, it: Spese senza giustificativo, en: Expenses without a receipt,
     numerator: sum(amount) of effective EXPENSE_REPORTED without doc_ref by entry_date, denominator: sum(amount) of effective EXPENSE_REPORTED, example: "100 of 400 euro: 100 / 400 = 0.25", scopes: [network, funder, grant], area: no, protect: organisations}
  - {id: target_progress, version: 1, unit: ratio, kind: cumulative ratio, it: Risultato sull'obiettivo, en: Result against target, item: "measure of grant_target; <instance>:<record_id> for an outcome_indicator",
     numerator: "reached up to the end of the period - baseline (0 where empty). Reached: persons_served, deliveries (of the grant, counted once since its beginning), attributed, disbursed, reported, admitted (sums); outcome_improved, followup_rate (ratio of all pairs so far); an outcome_indicator: mean of the last values of the pairs so far (a cell from the first pair on). Other measures: not_applicable",
     denominator: "target - baseline (0 where empty), of the earliest due_on >= t, else of the latest", note: "from the period of deliberated_on on; n_persons: the persons reached so far, null for disbursed, reported, admitted", example: "1 person reached of 4 promised: 1 / 4 = 0.25", scopes: [grant], area: no, protect: persons}

sources:
  - {id: spend_municipal, version: 1, unit: EUR, kind: sum, it: Spesa dei Comuni, en: Municipal spending, source: ISTAT,
     numerator: sum(service_delivery.amount_municipality) by start_date, example: "40 + 60 + 100 + 50 + 0 = 250", scopes: [network, region, province, instance, provider], area: yes, protect: persons}
  - {id: spend_municipal_per_resident, version: 1, unit: EUR/resident, kind: ratio, it: Spesa dei Comuni pro capite, en: Municipal spending per resident, source: ISTAT,
     numerator: spend_municipal, denominator: residents of the instance's comuni, example: "250 euro, 31,208 residents: 250 / 31208 = 0.0080", scopes: [network, region, province, instance], periods: [year], area: yes, protect: persons}
  - {id: source_mix, version: 1, unit: ratio, kind: ratio, it: Di chi sono i soldi, en: Whose money, item: "MUNICIPALITY, SSN, USER, FOUNDATION, REGION_STATE, EMPLOYER, UNALLOCATED; all seven in every cell",
     numerator: "sum by start_date of the part: amount_municipality, amount_ssn, amount_user; of amount_other the effective allocations of the delivery to funders of kind FOUNDATION, then REGION or STATE, then EMPLOYER, BILATERAL_BODY or EMPLOYER_ASSOCIATION, in this order and never beyond amount_other; UNALLOCATED the rest of amount_total. A reversal takes the parts of what it undoes, sign turned",
     denominator: sum(amount_total), note: region and ministry money is seen only where it is allocated, example: "FOUNDATION: 25 allocated of the 30 of other money, of 400 in all: 25 / 400 = 0.0625", scopes: [network, region, province, instance, provider, consortium, ats], area: yes, protect: persons}
  - {id: cofunding_seen, version: 1, unit: ratio, kind: ratio, it: Cofinanziamento visto, en: Co-funding seen,
     numerator: "sum over the effective deliveries with an effective allocation to the grant, by start_date, of amount_total - those allocations", denominator: sum(amount_total) of those deliveries, example: "a delivery of 100, of which the grant paid 25: 75 / 100 = 0.75", scopes: [grant], area: no, protect: persons}

dose:
  - {id: unit_cost_std, version: 1, unit: EUR/unit, kind: ratio, it: Costo unitario per prestazione codificata, en: Unit cost of a coded service, item: "<nomenclatore_code>:<unit> of the service; units EUR and ITEM left out",
     numerator: sum(amount_total) by start_date, denominator: sum(quantity), note: "published only for an item of at least 3 providers or instances, since shares of rivals stand behind it", example: "D1:HOUR: 100 + 60 + 140 euro, 2 + 3 + 7 hours: 300 / 12 = 25", scopes: [network, instance, provider], periods: [year], area: no, protect: persons}
  - {id: intensity, version: 1, unit: units/person, kind: ratio, it: Quantità per persona, en: Units per person, item: "<nomenclatore_code>:<unit> and <macro_area>:<unit> of the service; units EUR and ITEM left out",
     numerator: sum(quantity) by start_date, denominator: distinct persons with an effective delivery, note: published as unit_cost_std, example: "D1:HOUR: 12 hours, 3 persons: 12 / 3 = 4", scopes: [network, instance, provider], periods: [year], area: no, protect: persons}
  - {id: code_coverage, version: 1, unit: ratio, kind: ratio, it: Servizi con codice del nomenclatore, en: Services with a nomenclature code,
     numerator: sum(amount_total) of services with a nomenclatore_code, denominator: sum(amount_total) by start_date, example: "300 of 400 euro under a code: 300 / 400 = 0.75", scopes: [network, instance, provider], periods: [year], area: no, protect: persons}

equity:
  - {id: coverage_target, version: 1, unit: per 100 residents, kind: ratio, it: Persone raggiunte ogni 100 residenti di quell'età, en: People reached per 100 residents of that age, item: "NIDO_0_2, MIN_0_17, ANZ_65, ANZ_75",
     numerator: "100 * distinct persons resident in those comuni, of that age at the end of the year, with an effective delivery of the scope's instances (NIDO_0_2: age 0-2, macro_area F; MIN_0_17: age 0-17, istat_area FAM; ANZ_65, ANZ_75: 65 or more, 75 or more, istat_area ANZ)",
     denominator: residents of that age in the comuni of the scope whose residents by sex and age are known, note: non-residents are left out; disabled people have no denominator, example: "ANZ_65: 2 persons of 65 or more, 8,029 residents of that age: 200 / 8029 = 0.0249", scopes: [network, region, province, instance], periods: [year], area: no, protect: persons}
  - {id: equity_gap, version: 1, unit: percentage points, kind: index, it: Divario del gruppo, en: Gap of a group, item: "<rate>:<population_group>; rate one of acceptance_rate, unmet_share, outcome_improved, reach", also: "ci_low, ci_high (95%, Newcombe's score interval of a difference of two shares)",
     numerator: "100 * (rate of the group - rate of all others whose value of that kind is known); reach = distinct persons resident in those comuni of the scope whose residents by sex and age are known, with an effective delivery of its instances / those residents, by age and sex only; n_persons: those of the group behind its denominator (reach: its numerator); denominator_missing where either rate has no denominator",
     note: citizenship at network and region only; outcome_improved at network and instance only, example: "acceptance_rate:F: women 3 of 4, men 1 of 5: 75 - 20 = 55", scopes: [network, region, instance], periods: [year], area: no, protect: persons}

pillars:
  - {id: persons_by_pillar, version: 1, unit: persons, kind: distinct, it: Persone per welfare che le sostiene, en: People by the welfare behind them, item: "PUB, PHI, CORP, PUB+PHI, PUB+CORP, PHI+CORP, PUB+PHI+CORP; all seven in every cell",
     numerator: "distinct persons whose pillars in the scope and year are exactly those. PUB: an effective service_delivery with amount_municipality or amount_ssn > 0 (start_date), an effective payment SUBSIDY from a payer with is_public_body (value_date), or a voucher, not removed, of an issuer with is_public_body (issued_on). PHI: an effective allocation to a funder of kind FOUNDATION (date of its source). CORP: an effective SPEND (event_date)",
     example: "PUB: two by deliveries, two by vouchers, one by a subsidy = 5", scopes: [network, instance], periods: [year], area: no, protect: persons}
  - {id: integrated_share, version: 1, unit: ratio, kind: ratio, it: Persone con più welfare, en: People with more than one welfare,
     numerator: persons in two or three pillars, denominator: persons in any, example: "of 8 persons one has all three: 1 / 8 = 0.125", scopes: [network, instance], periods: [year], area: no, protect: persons}
  - {id: corporate_active_share, version: 1, unit: ratio, kind: ratio, it: Dipendenti attivi, en: Active employees,
     numerator: "distinct persons of a plan with an effective SPEND in the calendar year corporate_plan.year, summed over the plans of that year", denominator: sum(corporate_plan.population) of those plans, example: "3 of 12 employees spend: 3 / 12 = 0.25", scopes: [network, instance, plan], periods: [year], area: no, protect: persons}
  - {id: corporate_social_share, version: 1, unit: ratio, kind: ratio, it: Credito speso nell'economia sociale, en: Credit spent in the social economy,
     numerator: "sum of SPEND net of REVERSAL by event_date with provider_id of kind PROVIDER_COOP, CONSORTIUM or OTHER_ETS", denominator: sum of SPEND net of REVERSAL, example: "60 at a cooperative and 10 at an association, of 100: 70 / 100 = 0.7", scopes: [network, instance, plan], area: no, protect: persons}
  - {id: corporate_expired, version: 1, unit: EUR, kind: sum, it: Credito welfare scaduto, en: Corporate-welfare credit expired,
     numerator: sum of EXPIRE net of REVERSAL by event_date, example: "15 euro expire = 15", scopes: [network, instance, plan], area: no, protect: persons}

caseload:
  - {id: active_plans, version: 1, unit: plans, kind: stock, it: Piani attivi, en: Active plans,
     numerator: "count(assessment) PLAN with plan_from (else assessed_on) <= t and plan_to >= t or empty, from the scope's first assessment on; n_persons: their distinct persons", example: "31 December: one plan without end, one to May, one ended in June = 2", scopes: [network, instance, social_point], area: no, protect: persons}
  - {id: caseload, version: 1, unit: plans/manager, kind: stock ratio, it: Piani per Welfare Manager, en: Plans per Welfare Manager,
     numerator: "active_plans, from the scope's first assessment on", denominator: distinct manager_ref (within an instance) with an assessment assessed_on in the 90 days that end with t, example: "two plans, one manager with an assessment since 3 October: 2 / 1 = 2", scopes: [network, instance, social_point], area: no, protect: persons}

leps:
  - {id: leps_active, version: 1, unit: count, kind: distinct, it: LEPS con prestazioni, en: Guaranteed services with deliveries,
     numerator: "distinct leps_code, of the codes in the reference list, with an effective service_delivery by start_date", note: no delivery seen is not the same as not guaranteed, example: "home care for the elderly only = 1", scopes: [network, region, province, instance], area: no, protect: none}
  - {id: leps_spend, version: 1, unit: EUR, kind: sum, it: Spesa per LEPS, en: Spending by guaranteed service, item: leps_code in the reference list,
     numerator: sum(amount_total) by start_date, example: "SAD: 100 + 60 + 140 = 300", scopes: [network, region, province, instance], area: no, protect: persons}
  - {id: spend_by_macro_area, version: 1, unit: EUR, kind: sum, it: Spesa per macroarea, en: Spending by macro-area, item: macro_area of the service,
     numerator: sum(amount_total) by start_date, example: "F: 50 + 50 = 100", scopes: [network, region, province, instance], area: no, protect: persons}

evidence:
  - {id: response_rate, version: 1, unit: ratio, kind: ratio, it: Tasso di risposta, en: Response rate,
     numerator: distinct persons with an effective SATISFACTION measurement by measured_on, denominator: persons_served, example: "one of four persons served answers: 1 / 4 = 0.25", scopes: [network, instance, provider, service], area: no, protect: persons}
  - {id: outcome_coverage, version: 1, unit: ratio, kind: stock ratio, it: Risorse con esiti misurati, en: Money with measured outcomes,
     numerator: "sum(amount_deliberated) of the grants of the denominator with at least 10 pairs (last value by t) and pairs / persons with T0 (by t) of at least 0.6", denominator: sum(amount_deliberated) of grants ACTIVE or CLOSED now with deliberated_on <= t, example: "a grant of 1,000 with 10 pairs of 12 persons, one of 3,000 with none: 1000 / 4000 = 0.25", scopes: [network, instance, funder], area: no, protect: none}

merchants:
  - {id: merchants_active, version: 1, unit: count, kind: distinct, it: Esercenti attivi, en: Active merchants,
     numerator: "distinct merchants (tax code or its pseudonym, else the id within the instance) with an effective REDEEM by event_at", example: "four shops = 4", scopes: [network, instance, scheme], area: no, protect: persons}
  - {id: merchant_top3_share, version: 1, unit: ratio, kind: ratio, it: Quota dei primi tre esercenti, en: Share of the three largest merchants,
     numerator: net redemption (as voucher_redeemed) of the three merchants with the most in the cell, denominator: net redemption of all merchants with more than 0, example: "50, 20, 20 and 10 euro: 90 / 100 = 0.9", scopes: [network, instance, scheme], area: no, protect: persons}

timeliness:
  - {id: export_delay, version: 1, unit: days, kind: ratio, it: Ritardo delle consegne, en: Delay of exports,
     numerator: "sum over the accepted exports, by period.to, of the days from period.to to the day of acceptance, not below 0", denominator: accepted exports, example: "30 June to 10 July = 10", scopes: [network, instance], periods: [month], area: no, protect: none}
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
