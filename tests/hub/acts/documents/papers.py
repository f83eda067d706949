"""Papers full and empty, of people who never lived."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hub.acts.documents.model import (
    Attendance,
    Directives,
    Happened,
    Home,
    Identity,
    Liaison,
    Professional,
    Report,
    Saed,
    Scored,
    Sex,
    Validation,
    Vital,
)

ZONE = ZoneInfo("Europe/Paris")
MINUTE = 60 * 10**6
DAY = 1440 * MINUTE
NOW = 1_795_331_520_000_000
"2026-11-22, 08:12 in Paris."

HOME = Home("EHPAD Les Tilleuls", "12 rue des Lilas, 44130 Blain", "02 40 00 00 00", "440012345")
WHO = Identity(
    "LEFÈVRE",
    "Jeanne Marie",
    1938,
    used_name="MARTIN",
    birth_date="1938-03-14",
    sex=Sex.FEMALE,
    birth_place="44015",
    room="chambre 212",
    matricule="2380344015012",
    authority="1.2.250.1.213.1.4.11",
)
INES = Professional("Inès Durand", "IDE")
BENALI = Professional("Dr Karim Benali", "médecin généraliste", rpps="10002909371")
VITALS = (
    Vital("respiration_rate", 28, NOW - 2 * MINUTE),
    Vital("spo2", 86, NOW - MINUTE // 2),
    Vital("pulse_rate", 118, NOW - MINUTE // 2),
    Vital("systolic", 98, NOW - 22 * MINUTE),
    Vital("diastolic", 60, NOW - 22 * MINUTE),
    Vital("temperature", 38.7, NOW - 9 * MINUTE),
    Vital("consciousness", 1, NOW - 3 * MINUTE),
    Vital("weight", 58.4, NOW - 12 * DAY),
)
SCORE = Scored(14, 1, (), False, NOW - MINUTE // 2, ((1, 8), (6, 3), (24, None)))
WISHES = Directives("Ne souhaite pas de réanimation.", False, "Pas de soins intensifs.")

SAED = Saed(
    HOME,
    WHO,
    NOW,
    INES,
    "02 40 00 00 12",
    "2e étage",
    "essoufflement brutal",
    "20 minutes",
    "SpO₂ basse : 84 %, depuis 3 min",
    VITALS,
    SCORE,
    "2023, maintien à domicile impossible",
    "insuffisance cardiaque, fibrillation atriale, BPCO",
    "pénicilline (urticaire)",
    "Apixaban 2,5 mg matin et soir, furosémide 40 mg",
    True,
    "non",
    "GIR 3, marche avec déambulateur",
    "58,4 kg (10/11/2026)",
    "CRP 12 le 15/11",
    WISHES,
    "infection pulmonaire",
    "position assise, oxygène 2 L/min à 8 h 05",
    3,
    "un avis et une décision de transfert",
    "tout de suite",
    "surveillance toutes les 5 minutes",
)
LIAISON = Liaison(
    HOME,
    WHO,
    NOW,
    "Inès Durand",
    WISHES,
    Validation(NOW - 30 * DAY, "Dr Karim Benali"),
    {"allergies": "pénicilline", "physician": "Dr Karim Benali, 02 40 11 11 11", "reason": "détresse"},
    VITALS,
    SCORE,
)
REPORT = Report(
    HOME,
    WHO,
    NOW,
    BENALI,
    "Compte rendu de téléconsultation",
    NOW - 30 * MINUTE,
    NOW - 5 * MINUTE,
    "essoufflement et fièvre",
    "NEWS2 à 14, insuffisance cardiaque connue",
    "oral, recueilli par Inès Durand",
    VITALS,
    SCORE,
    "Crépitants de la base droite.\nMollets souples.",
    "Pneumopathie probable.",
    "Transfert par le SAMU.",
    "Réorientée : SAMU, transfert décidé à 8 h 40",
    (
        Attendance(BENALI, NOW - 29 * MINUTE, NOW - 5 * MINUTE),
        Attendance(INES, NOW - 28 * MINUTE),
        Attendance(Professional("SAMU 44", "régulateur")),
    ),
    (Happened(NOW - 20 * MINUTE, "vidéo coupée", NOW - 19 * MINUTE), Happened(NOW - 9 * MINUTE, "son coupé")),
    "Pas de palpation.",
)
UNKNOWN = Identity("DUPONT", "Paul", 1935)
BARE = Home("EHPAD X")
EMPTY_SAED = Saed(BARE, UNKNOWN, NOW, Professional("Inès"))
EMPTY_LIAISON = Liaison(BARE, UNKNOWN, NOW, "Inès")
EMPTY_REPORT = Report(BARE, UNKNOWN, NOW, Professional("Dr B"))
