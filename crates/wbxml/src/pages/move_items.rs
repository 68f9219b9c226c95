//! Code page 5, Move: the MoveItems command (MS-ASCMD, section 2.2.1.12). Tokens and versions: MS-ASWBXML, section
//! 2.1.2.1.6.

use crate::version::ALL;

page! {
    5 "Move"
    MOVE_ITEMS = 0x05 "MoveItems" ALL;
    MOVE = 0x06 "Move" ALL;
    SRC_MSG_ID = 0x07 "SrcMsgId" ALL;
    SRC_FLD_ID = 0x08 "SrcFldId" ALL;
    DST_FLD_ID = 0x09 "DstFldId" ALL;
    RESPONSE = 0x0A "Response" ALL;
    STATUS = 0x0B "Status" ALL;
    DST_MSG_ID = 0x0C "DstMsgId" ALL;
}
