"""The clicks of a step, answered once more by a predictor that sees the image otherwise now."""

from dataclasses import replace

from napari_faseg.interaction.history import Step
from napari_faseg.interaction.prediction import Predictor, answered


def answered_again(step: Step, predictor: Predictor, shape: tuple[int, int]) -> Step:
    """Return a step with the clicks of another one and new answers, each after the one before.

    Parameters
    ----------
    step : Step
        Returned as it is where no click was answered.
    predictor : Predictor
        It has the image.
    shape : (int, int)
        Of the image.

    Returns
    -------
    Step
        One that begins anew: what was answered before it leads to no answer after it.

    Raises
    ------
    ValueError
        If an answer is not a probability of that shape.
    """
    numbers = sorted({abs(n_clicks) for n_clicks in step.asked} - {0})
    if not numbers:
        return step
    mask = step.reopened if step.asked[0] == 0 else None  # that it began with
    answers = [] if mask is None else [mask.full_probability(shape)]
    for n_clicks in numbers:
        asked = step.clicks[:n_clicks], answers[-1] if answers else None
        [look] = answered(predictor, *asked, shape, look_by_look=False)
        answers.append(look.probability)
    asked_again = (*numbers,) if mask is None else (0, *numbers)
    return replace(step, probability=answers[-1], asked=asked_again, begins=True, adjusts=False)
