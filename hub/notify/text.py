"""What a small display shows of an alert: a room and a fact, French, no name. Pure."""

from __future__ import annotations

from hub.alerting.model import Alert, Code
from hub.notify.wording import cut, plain

WIDTH = 60

_METRICS = {
    "heart_rate": ("FC", "/min"),
    "pulse_rate": ("Pouls", "/min"),
    "spo2": ("SpO2", "%"),
    "respiration_rate": ("FR", "/min"),
    "systolic": ("PA systolique", "mmHg"),
    "diastolic": ("PA diastolique", "mmHg"),
    "mean_pressure": ("PA moyenne", "mmHg"),
    "temperature": ("Température", "°C"),
    "glucose": ("Glycémie", "mg/dL"),
    "weight": ("Poids", "kg"),
}
_WORDS = {
    Code.SENSOR_SILENT: "capteur muet",
    Code.PROBE_OFF: "capteur retiré",
    Code.EDGE_SILENT: "boîtier muet",
    Code.CLOCK_SKEW: "horloge fausse",
    Code.SPOOL_FULL: "mémoire du boîtier pleine",
    Code.SENSOR_UNPLUGGED: "capteur débranché",
    Code.SENSOR_UPDATING: "mise à jour trop longue",
    Code.SENSOR_UNASSIGNED: "capteurs à réattribuer",
    Code.SENSOR_CONFLICT: "capteur d'une autre chambre",
    Code.NURSE_CALL: "appel du résident",
    Code.BED_EXIT: "sortie de lit",
    Code.FALL: "chute",
    Code.ATRIAL_FIBRILLATION: "fibrillation auriculaire",
    Code.PAUSE: "pause cardiaque",
    Code.BRADYCARDIA: "bradycardie",
    Code.TACHYCARDIA: "tachycardie",
    Code.APNOEA: "apnée",
    Code.SENSOR_FAULT: "capteur en défaut",
    Code.ROTA_HOLE: "personne à prévenir",
    Code.ESCALATION_LATE: "alerte non transmise",
    Code.VERDICTS_DIFFER: "la chambre et le poste jugent autrement",
    Code.RATE_FALL: "baisse rapide",
    Code.RATE_RISE: "hausse rapide",
    Code.COMPOSITE: "plusieurs signes",
    Code.NEWS2: "score NEWS2 élevé",
    Code.METRIC_ABSENT: "mesure absente",
    Code.LIMIT_EXPIRED: "limite périmée",
    Code.BATTERY_LOW: "pile faible",
    Code.RADIO_DOWN: "Bluetooth en panne",
    Code.LOUDSPEAKER_MUTE: "haut-parleur muet",
    Code.TABLET_MUTE: "aucune tablette ne sonne",
    Code.BROKER_DOWN: "chambres coupées",
    Code.DISK_LOW: "disque presque plein",
    Code.WATCH_HOLE: "résident non surveillé",
    Code.SYNTHETIC_LOST: "alarme d'essai perdue",
    Code.CONTACT_UNREACHABLE: "garde injoignable",
    Code.REQUEST_UNANSWERED: "médecin demandé, sans réponse",
    Code.EXPERTISE_DUE: "avis spécialisé attendu",
    Code.EXPERTISE_LATE: "avis spécialisé en retard",
}


def short_text(alert: Alert, room: str, say: str = "") -> str:
    """Return the text of a notice, at most 60 characters: `Ch 12 SpO2 basse 84 %`.

    Args:
        alert: what it is about; its value of now, the worst there was.
        room: the room's name, as on its door.
        say: an instruction to a human, put first.
    """
    place = plain(room).replace("Chambre", "Ch") or "Chambre inconnue"
    return cut(" ".join(part for part in (plain(say), place, _fact(alert)) if part), WIDTH)


def _fact(alert: Alert) -> str:
    if alert.code is Code.NEWS2 and alert.value is not None:
        return f"NEWS2 {alert.value:.0f}"
    if alert.code not in {Code.LIMIT_LOW, Code.LIMIT_HIGH}:
        return _WORDS.get(alert.code, "alerte")
    name, unit = _METRICS.get(alert.metric or "", (alert.metric or "mesure", ""))
    side = "bas" if alert.code is Code.LIMIT_LOW else "haut"
    value = "" if alert.value is None else f"{alert.value:.1f}".removesuffix(".0").replace(".", ",")
    return plain(f"{name} {side} {value} {unit if value else ''}")
