"""How few pixels have to change before an image classifier changes its mind?

    import pinprick
    result = pinprick.attack(predict, images, labels, queries=1000)   # predict: any function of yours
    result = pinprick.attack("model.onnx", images, labels)            # the library's own engines
    print(result.to_pandas())

See :func:`attack` for shapes, and :class:`pinprick.art.PinprickAttack` for a drop-in in ART.
"""
from ._attack import attack, methods
from ._library import PinprickError, version
from ._result import Result

__version__ = version()
__all__ = ["PinprickError", "Result", "attack", "methods"]
