-- The guaranteed services (LEPS) of law 234/2021, decree 147/2017 and the national plans 2021-23 and 2024-26: the codes
-- that leps_code may name, and what they stand for.
select 'PIS' as leps_code, 'Pronto intervento sociale' as name_it, 'Emergency social service' as name_en
union all
select 'DIM' as leps_code, 'Dimissioni protette' as name_it, 'Protected discharge from hospital' as name_en
union all
select 'SUP' as leps_code, 'Supervisione del personale' as name_it, 'Supervision of staff' as name_en
union all
select 'PREV' as leps_code, 'Prevenzione dell''allontanamento familiare' as name_it, 'Prevention of family separation' as name_en
union all
select 'RES' as leps_code, 'Residenza fittizia e fermo posta' as name_it, 'Registered address and post for the homeless' as name_en
union all
select 'DDN' as leps_code, 'Dopo di noi e vita indipendente' as name_it, 'After us and independent living' as name_en
union all
select 'VMD' as leps_code, 'Valutazione multidimensionale e progetto personalizzato' as name_it, 'Multidimensional assessment and personal project' as name_en
union all
select 'PAT' as leps_code, 'Presa in carico e patto per l''inclusione' as name_it, 'Taking charge and inclusion pact' as name_en
union all
select 'SSP' as leps_code, 'Servizio sociale professionale' as name_it, 'Professional social service' as name_en
union all
select 'PUA' as leps_code, 'Punto unico di accesso' as name_it, 'Single point of access' as name_en
union all
select 'SAD' as leps_code, 'Assistenza domiciliare per anziani' as name_it, 'Home care for the elderly' as name_en
