"""Types of what is public here."""

from . import cluster as cluster
from . import decomposition as decomposition
from . import jobs as jobs
from . import manifold as manifold
from . import metrics as metrics
from .cluster import DBSCAN as DBSCAN
from .cluster import AgglomerativeClustering as AgglomerativeClustering
from .cluster import KMeans as KMeans
from .cluster import MiniBatchKMeans as MiniBatchKMeans
from .decomposition import PCA as PCA
from .jobs import cluster_images as cluster_images
from .jobs import embed_images as embed_images
from .jobs import quantize as quantize
from .jobs import segment as segment
from .manifold import TSNE as TSNE

__version__: str

def set_num_threads(n_threads: int | None) -> None: ...
def get_num_threads() -> int: ...
