/** Where a person goes after signing in. Pure. */
import type { Me } from "../lib/types";

const HOMES: Readonly<Record<Me["role"], string>> = { nurse: "/service", physician: "/medecin", technician: "/technicien", coordinator: "/coordination" };

const WARD = ["/service", "/tournee", "/transmissions", "/garde", "/plus", "/limites"] as const;

/** Pages about one resident, and what waits for whom: for everybody who gives care. */
const CARE = ["/agenda", "/actes", "/plaies", "/dossier", "/documents", "/questionnaire"] as const;

/** Pages that a role may open, each with what lies below it. */
const OPEN: Readonly<Record<Me["role"], readonly string[]>> = {
  nurse: [...WARD, ...CARE],
  coordinator: [...WARD, ...CARE, "/coordination", "/activite"],
  physician: [...WARD, ...CARE, "/medecin", "/avis", "/coordination"],
  technician: ["/technicien"],
};

/** Characters of an address of ours: nothing that climbs out of it or leads to another site. */
const PLAIN = /^(?:\/[\w%.~@+-]+)+$/;

/** The page of a role. */
export function homeOf(role: Me["role"]): string {
  return HOMES[role];
}

/** The page asked for before signing in, if the role may open it; never another site's. */
export function returnPath(search: string, role: Me["role"]): string {
  const wanted = new URLSearchParams(search).get("retour") ?? "";
  const ours = PLAIN.test(wanted) && !wanted.includes("..");
  return ours && OPEN[role].some((page) => wanted === page || wanted.startsWith(`${page}/`)) ? wanted : homeOf(role);
}
