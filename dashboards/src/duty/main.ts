import { keepShell } from "../ui/shell";
import "./duty";

keepShell();
