// What plug-ins are in MuseScore, as far as ours uses it.
import QtQuick 2.15

Item {
    property string title
    property string description
    property string version
    property string categoryCode
    property string pluginType
    property bool requiresScore
    property var curScore
    signal run()
    function quit() {}
}
