"""What a person sees and touches. Reaches only ``kiosk.services`` and ``kiosk.domain``."""
