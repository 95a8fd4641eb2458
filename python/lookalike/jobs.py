"""What scikit-learn has not: satellite scenes, photos of few colours, folders of pictures."""

from ._pictures import ImageClusters, ImageEmbedding, cluster_images, embed_images
from ._quantize import QuantizedImage, quantize
from ._segment import Segmentation, segment

__all__ = [
    "ImageClusters",
    "ImageEmbedding",
    "QuantizedImage",
    "Segmentation",
    "cluster_images",
    "embed_images",
    "quantize",
    "segment",
]
