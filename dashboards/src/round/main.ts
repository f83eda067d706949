import { keepShell } from "../ui/shell";
import "./round";

keepShell();
