"""Who plays and who judges: models where the settings name some, the built-in ones else."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.customer import BuiltInCustomer, Customer
from graph.evaluator import BuiltInEvaluator, Evaluator
from graph.settings import Settings
from graph.workflow import Debriefer
from knowledge.reading import Reader
from knowledge.search import Knowledge

if TYPE_CHECKING:
    from graph.gateway import Gateway


@dataclass(frozen=True, slots=True)
class Cast:
    """The three parts that a model can take."""

    customer: Customer
    evaluator: Evaluator
    debriefer: Debriefer | None = None


def opened(settings: Settings) -> "Gateway | None":
    """Return the gateway to the configured models, getting ready in the background; None where there are none.

    Raises:
        Unusable: a local model's file or add-on is missing.
    """
    if not settings.models.configured:
        return None
    from graph.gateway import LiteLLMGateway

    gateway = LiteLLMGateway(settings.models)
    threading.Thread(target=gateway.warm, name="warming up", daemon=True).start()
    return gateway


def cast(settings: Settings, gateway: "Gateway | None", knowledge: Knowledge, reader: Reader) -> Cast:
    """Return who takes part in the sessions of an installation."""
    customer: Customer = BuiltInCustomer()
    evaluator: Evaluator = BuiltInEvaluator()
    debriefer: Debriefer | None = None
    if gateway is not None and settings.models.customer is not None:
        from graph.model_customer import ModelCustomer

        customer = ModelCustomer(gateway)
    if gateway is not None and settings.models.judge is not None:
        from graph.model_debrief import ModelDebriefer
        from graph.model_evaluator import ModelEvaluator

        samples = settings.models.samples
        evaluator = ModelEvaluator(gateway, samples=samples, retrieve=knowledge.about, reader=reader)
        debriefer = ModelDebriefer(gateway)
    return Cast(customer, evaluator, debriefer)
