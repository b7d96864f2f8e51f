"""The embedded media engine: RTMP in, HLS and recording parts out, one ffmpeg per session.

The RTMP side is ours (`amf`, `chunks`, `rtmp`: three small modules), because pyrtmp 0.3.1 gets
the protocol's core wrong where real encoders use it:

- a type 3 chunk that starts a message does not add the time delta (RTMP 1.0 §5.3.1.2.4): of 20 s
  of constant-size AAC frames from ffmpeg, its last timestamp was 8.975 s;
- extended timestamps are not read in continuation chunks, so a stream desynchronises for good
  after 4 h 39 min;
- the end marker of an AMF object is not consumed, so what follows a nested object is misread,
  and strict arrays, `undefined`, dates and AMF3 envelopes raise NotImplementedError;
- nothing bounds messages, partial messages or the handshake, bytes are never acknowledged, and
  importing the server sets the root logger to DEBUG.
"""
