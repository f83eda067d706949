/** Where a person goes after signing in. Pure. */
import type { Me } from "../lib/types";

const HOMES: Readonly<Record<Me["role"], string>> = { nurse: "/service", physician: "/medecin", technician: "/technicien" };

/** The page of a role. */
export function homeOf(role: Me["role"]): string {
  return HOMES[role];
}

/** The page asked for before signing in, if it is one of the role's own; never another site's. */
export function returnPath(search: string, home: string): string {
  const wanted = new URLSearchParams(search).get("retour");
  if (wanted === null) return home;
  return wanted === home || (wanted.startsWith(`${home}/`) && !wanted.includes("..")) ? wanted : home;
}
