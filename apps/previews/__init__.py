"""Previews: what a card shows before anyone presses play.

Owns        the PreviewSet document, and the files under `previews/` in storage.
Announces   preview.ready, preview.failed.
Asks for    a maker of previews (ports.PreviewMaker), storage, and streams' door for footage.
Door        apps.previews.public
"""
