import { keepShell } from "../ui/shell";
import "./handover";

keepShell();
