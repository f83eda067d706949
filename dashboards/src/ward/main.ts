import { keepShell } from "../ui/shell";
import "./ward";

keepShell();
