"""Which virtual Bluetooth LE sensor speaks which protocol."""

from __future__ import annotations

from devices.simulators.ble_base import BleSensor
from devices.simulators.ble_broadcast import ClimateBeacon, XiaomiBeacon
from devices.simulators.ble_glucose import GlucoseMeter, GlucoseMonitor
from devices.simulators.ble_meters import BodyCompositionScale, Cuff, Scale, Thermometer, WeightScale
from devices.simulators.ble_polar import PolarH10
from devices.simulators.ble_sensors import HeartRateStrap, PulseOximeter

KINDS: dict[str, type[BleSensor | ClimateBeacon]] = {
    "heart-rate": HeartRateStrap,
    "pulse-oximeter": PulseOximeter,
    "thermometer": Thermometer,
    "blood-pressure": Cuff,
    "weight-scale": WeightScale,
    "body-composition": BodyCompositionScale,
    "scale": Scale,
    "polar-h10": PolarH10,
    "glucose": GlucoseMeter,
    "cgm": GlucoseMonitor,
    "bthome": ClimateBeacon,
    "xiaomi": XiaomiBeacon,
}
"By the protocol's name in a configuration."
