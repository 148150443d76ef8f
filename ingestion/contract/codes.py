"""Every code of the contract with its sentence in Italian and English: what happened and what to do.

The sentences never carry a value of the export: file, line and column stand beside them in the receipt.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """`message_it` and `message_en` say what to do; `whole_export` is False for a code of one row."""

    name: str
    whole_export: bool
    message_it: str
    message_en: str


_EXPORT = {
    "manifest_unreadable": (
        "datapackage.json manca o non si legge: controllare che sia JSON valido, con welfare, period "
        "e le risorse complete.",
        "datapackage.json is missing or cannot be read: check that it is valid JSON with welfare, "
        "period and complete resources.",
    ),
    "contract_unknown": (
        "Contratto o versione non riconosciuti: inviare welfare-export nella versione pubblicata.",
        "Contract or version not known: send welfare-export in the published version.",
    ),
    "instance_unknown": (
        "Istanza non registrata: chiedere la registrazione del territorio o correggere welfare.instance.",
        "Instance not registered: ask for the territory to be registered or correct welfare.instance.",
    ),
    "entity_unknown": (
        "La risorsa non è un'entità del contratto: correggere il nome o toglierla.",
        "The resource is not an entity of the contract: correct its name or leave it out.",
    ),
    "entity_missing": (
        "Un'esportazione completa elenca sempre questa entità: aggiungerla, anche senza righe.",
        "A full export always lists this entity: add it, even without rows.",
    ),
    "file_missing": (
        "Il file dichiarato non c'è: rigenerare l'esportazione con tutti i file.",
        "The declared file is not there: produce the export again with all its files.",
    ),
    "file_undeclared": (
        "C'è un file che datapackage.json non dichiara: dichiararlo o toglierlo.",
        "There is a file that datapackage.json does not declare: declare it or remove it.",
    ),
    "checksum_mismatch": (
        "Impronta o dimensione diverse da quelle dichiarate: il file è cambiato o incompleto, "
        "inviarlo di nuovo.",
        "Hash or size differ from the declared ones: the file has changed or is incomplete, send it again.",
    ),
    "row_count_mismatch": (
        "Il numero di righe non è quello dichiarato in rows: rigenerare file e descrittore insieme.",
        "The number of rows is not the one declared in rows: produce file and descriptor together again.",
    ),
    "control_total_mismatch": (
        "La somma della colonna non è il totale di controllo dichiarato: verificare gli importi e "
        "rigenerare l'esportazione.",
        "The sum of the column is not the declared control total: check the amounts and produce the "
        "export again.",
    ),
    "column_missing": (
        "Manca una colonna del contratto: tutte le colonne devono esserci, in qualunque ordine.",
        "A column of the contract is missing: all columns must be there, in any order.",
    ),
    "column_unknown": (
        "Colonna non prevista dal contratto o ripetuta: toglierla o correggerne il nome.",
        "Column not in the contract, or given twice: remove it or correct its name.",
    ),
    "column_forbidden": (
        "La colonna contiene dati identificativi diretti che non vanno inviati: toglierla dal file.",
        "The column holds direct identifiers that must not be sent: remove it from the file.",
    ),
    "encoding_wrong": (
        "Il file non si legge nel formato dichiarato: salvarlo in UTF-8, senza caratteri NUL, e non "
        "troncato.",
        "The file cannot be read in its declared format: save it as UTF-8, without NUL characters, "
        "and not truncated.",
    ),
    "archive_unsafe": (
        "Archivio o percorso non sicuro: usare solo file normali con percorsi relativi dentro "
        "l'esportazione.",
        "Unsafe archive or path: use plain files only, with relative paths inside the export.",
    ),
    "export_id_reused": (
        "Questo export_id è già stato accettato con altri contenuti: usare un nuovo export_id e il "
        "numero successivo.",
        "This export_id was already accepted with other content: use a new export_id and the next "
        "sequence number.",
    ),
    "sequence_reused": (
        "Questo numero di sequenza è già stato accettato: usare il numero successivo.",
        "This sequence number was already accepted: use the next one.",
    ),
    "sequence_gap": (
        "Manca l'esportazione precedente: questa resta in attesa; inviare quella mancante o chiedere "
        "di rinunciarvi.",
        "The previous export is missing: this one waits; send the missing one or ask for it to be waived.",
    ),
    "too_many_bad_rows": (
        "Troppe righe scartate (oltre il 2% delle righe o lo 0,5% degli euro): correggere le righe "
        "indicate e inviare di nuovo.",
        "Too many rows set aside (over 2% of the rows or 0.5% of the euro): correct the rows listed "
        "and send again.",
    ),
}

_ROW = {
    "row_malformed": (
        "La riga non ha le colonne dell'intestazione o le virgolette non si chiudono: correggere la riga.",
        "The row does not have the header's columns, or its quotes do not close: correct the row.",
    ),
    "required_missing": (
        "Valore obbligatorio assente: completarlo.",
        "A required value is missing: fill it in.",
    ),
    "type_wrong": (
        "Valore non nella forma prevista (data AAAA-MM-GG, ora con fuso, numero con il punto e i "
        "decimali previsti): correggerlo.",
        "Value not in the expected form (date YYYY-MM-DD, time with offset, number with a point and "
        "its decimals): correct it.",
    ),
    "enum_unknown": (
        "Valore fuori dall'elenco ammesso: usare uno dei valori del contratto.",
        "Value not in the list: use one of the contract's values.",
    ),
    "pattern_wrong": (
        "Codice di forma errata, o testo con dati che identificano una persona: correggerlo; un "
        "identificativo di riga non può essere un codice fiscale.",
        "Code of the wrong form, or text with data that identify a person: correct it; a record identifier "
        "cannot be a codice fiscale.",
    ),
    "out_of_range": (
        "Valore o data fuori dai limiti, o fine prima dell'inizio: correggerlo.",
        "Value or date out of its limits, or an end before its start: correct it.",
    ),
    "duplicate_in_file": (
        "Lo stesso record_id c'è già nel file: vale la prima riga; togliere o rinominare questa.",
        "The same record_id is already in the file: the first row counts; remove or rename this one.",
    ),
    "check_digit_wrong": (
        "Il carattere di controllo non torna: verificare il codice con il documento.",
        "The check character is wrong: verify the code against the document.",
    ),
    "amounts_disagree": (
        "Il totale non è la somma delle parti: correggere gli importi.",
        "The total is not the sum of its parts: correct the amounts.",
    ),
    "ledger_changed": (
        "Questa riga di registro è già stata ricevuta con altro contenuto: inviare uno storno e una "
        "riga nuova.",
        "This ledger row was already received with other content: send a reversal and a new row.",
    ),
    "ledger_tombstone": (
        "Una riga di registro non si cancella: inviare uno storno.",
        "A ledger row cannot be deleted: send a reversal.",
    ),
    "comune_unknown": (
        "Codice ISTAT di comune non valido a quella data: correggerlo.",
        "Not an ISTAT comune code valid on that date: correct it.",
    ),
    "condition_missing": (
        "Manca un valore che questa riga richiede per il suo tipo: completarlo.",
        "A value that this kind of row requires is missing: fill it in.",
    ),
    "reversal_invalid": (
        "Storno non valido: deve indicare una riga esistente, non già stornata, con gli importi opposti.",
        "Invalid reversal: it must name an existing row, not reversed yet, with the opposite amounts.",
    ),
    "erased_person": (
        "La persona è stata cancellata su richiesta: non inviare più righe che la nominano.",
        "The person was erased on request: send no more rows that name them.",
    ),
    "number_mangled": (
        "Il codice è diventato un numero in notazione scientifica e le cifre sono perse: esportarlo "
        "come testo.",
        "The code has become a number in scientific notation and its digits are lost: export it as text.",
    ),
}

CODES: dict[str, Code] = {
    name: Code(name, whole, it, en)
    for table, whole in ((_EXPORT, True), (_ROW, False))
    for name, (it, en) in table.items()
}
EXPORT_CODES = tuple(_EXPORT)
ROW_CODES = tuple(_ROW)
