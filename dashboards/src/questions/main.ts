import { keepShell } from "../ui/shell";
import "./questions";

// Its worker is what shows that a question waits.
keepShell();
