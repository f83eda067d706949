/** Where a person goes after signing in. Pure. */
import type { Me } from "../lib/types";

/** The page of a role; `null` when it has none here. */
export function homeOf(role: Me["role"]): string | null {
  return role === "nurse" ? "/service" : role === "physician" ? "/medecin" : null;
}

/** The page asked for before signing in, if it is one of the role's own; never another site's. */
export function returnPath(search: string, home: string): string {
  const wanted = new URLSearchParams(search).get("retour");
  if (wanted === null) return home;
  return wanted === home || (wanted.startsWith(`${home}/`) && !wanted.includes("..")) ? wanted : home;
}
